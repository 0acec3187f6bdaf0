import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import com.fasterxml.jackson.dataformat.xml.JacksonXmlModule;
import com.fasterxml.jackson.dataformat.xml.XmlMapper;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.List;
import javax.xml.XMLConstants;
import javax.xml.stream.XMLInputFactory;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.Schema;
import javax.xml.validation.SchemaFactory;
import javax.xml.validation.Validator;
import org.xml.sax.ErrorHandler;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;

/**
 * Reads bodies as the Hub's software does, one after the other: a letter that says what is wanted,
 * four octets of length, the body. Answers a letter, four octets of length, and a text: V and what
 * was read, M if nothing was there, E and why it was refused.
 *
 * The mappers are those of the Hub (facts: json-xml): numbers of free content as Java takes them,
 * unknown elements of XML left out, no DTD, no entities.
 */
public final class Reader {
    /** The content TECHNICAL, which has a field of each kind that the models know. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    @JsonPropertyOrder({
        "requiredStringField", "optionalStringField", "enumerationField", "integerField", "numberField",
        "booleanField", "objectField", "arrayField", "enumArrayField", "requiredArray",
        "arrayWithMaxLength", "phoneNumberField", "dateField", "emailField", "datetimeField",
        "nomenclatureField"
    })
    public static final class Technical {
        @JsonInclude(JsonInclude.Include.ALWAYS)
        public String requiredStringField;
        public String optionalStringField;
        public One enumerationField;
        public Integer integerField;
        public BigDecimal numberField;
        public Boolean booleanField;
        public Inner objectField;
        public List<String> arrayField;
        public List<Ten> enumArrayField;
        @JsonInclude(JsonInclude.Include.ALWAYS)
        public List<String> requiredArray;
        public List<String> arrayWithMaxLength;
        public String phoneNumberField;
        public String dateField;
        public String emailField;
        @JsonDeserialize(using = DateReader.class)
        @JsonSerialize(using = DateWriter.class)
        public OffsetDateTime datetimeField;
        public Sex nomenclatureField;
    }

    /** An object in it. */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    @JsonPropertyOrder({"objectPropertyString", "objectPropertyNumber", "objectPropertyRequiredString"})
    public static final class Inner {
        public String objectPropertyString;
        public BigDecimal objectPropertyNumber;
        @JsonInclude(JsonInclude.Include.ALWAYS)
        public String objectPropertyRequiredString;
    }

    public enum One { ENUM_VALUE_1, ENUM_VALUE_2, ENUM_VALUE_3, ENUM_VALUE_4, ENUM_VALUE_5 }

    public enum Ten { ENUM_VALUE_10, ENUM_VALUE_20, ENUM_VALUE_30, ENUM_VALUE_40, ENUM_VALUE_50 }

    public enum Sex { M, F, O, UN }

    /** Dates are read with java.time's own format. */
    public static final class DateReader extends JsonDeserializer<OffsetDateTime> {
        @Override
        public OffsetDateTime deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            return OffsetDateTime.parse(parser.getText(), DateTimeFormatter.ISO_OFFSET_DATE_TIME);
        }
    }

    /** Dates are printed by the releases of today to the second, UTC in figures. */
    public static final class DateWriter extends JsonSerializer<OffsetDateTime> {
        @Override
        public void serialize(OffsetDateTime date, JsonGenerator out, SerializerProvider all) throws IOException {
            out.writeString(seconds(date));
        }
    }

    private static String seconds(OffsetDateTime date) {
        String printed = date.format(DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ssXXX"));
        return printed.replace("Z", "+00:00");
    }

    private static final String ANYTHING =
        "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><xs:element name='c'>"
        + "<xs:complexType mixed='true'><xs:sequence><xs:any processContents='skip' minOccurs='0'"
        + " maxOccurs='unbounded'/></xs:sequence><xs:anyAttribute processContents='skip'/>"
        + "</xs:complexType></xs:element></xs:schema>";

    private final ObjectMapper json = new ObjectMapper()
        .enable(DeserializationFeature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
        .setSerializationInclusion(JsonInclude.Include.ALWAYS);
    private final XmlMapper xml;
    private final Schema anything;

    private Reader() throws SAXException {
        JacksonXmlModule module = new JacksonXmlModule();
        module.setDefaultUseWrapper(false);
        xml = new XmlMapper(module);
        xml.configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);
        XMLInputFactory input = xml.getFactory().getXMLInputFactory();
        input.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        input.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        SchemaFactory factory = SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI);
        anything = factory.newSchema(new StreamSource(new StringReader(ANYTHING)));
    }

    public static void main(String[] arguments) throws Exception {
        Reader reader = new Reader();
        DataInputStream in = new DataInputStream(new BufferedInputStream(System.in, 1 << 16));
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(System.out, 1 << 16));
        while (true) {
            int wanted;
            byte[] body;
            try {
                wanted = in.readUnsignedByte();
                body = new byte[in.readInt()];
                in.readFully(body);
            } catch (EOFException end) {
                return;
            }
            char letter = 'V';
            String text;
            try {
                text = reader.read((char) wanted, body);
                if (text == null) {
                    letter = 'M';
                    text = "";
                }
            } catch (IOException | SAXException | RuntimeException error) {
                letter = 'E';
                text = String.valueOf(error.getMessage());
            }
            byte[] answer = text.getBytes(StandardCharsets.UTF_8);
            out.writeByte(letter);
            out.writeInt(answer.length);
            out.write(answer);
            if (in.available() == 0) {
                out.flush();
            }
        }
    }

    private String read(char wanted, byte[] body) throws IOException, SAXException {
        String text = new String(body, StandardCharsets.UTF_8);
        switch (wanted) {
            case 'j': // free content in JSON, as it leaves in JSON
                return written(json.readTree(text));
            case 'x': // free content in JSON, as it leaves in XML
                JsonNode tree = json.readTree(text);
                return tree.isMissingNode() ? null : xml.writer().withRootName("c").writeValueAsString(tree);
            case 't': // typed content in JSON
                return json.writeValueAsString(json.readValue(text, Technical.class));
            case 'q': // a source that is quoted, of JSON
                return quoted(json.readValue(body, HashMap.class));
            case 'w': // XML: is it well-formed?
                validate(text);
                return "";
            case 'r': // free content in XML, as it leaves in JSON
                return written(xml.readTree(text));
            case 'd': // a date-time, as it leaves: in ISO's format, and to the second
                OffsetDateTime date = OffsetDateTime.parse(text, DateTimeFormatter.ISO_OFFSET_DATE_TIME);
                return date.format(DateTimeFormatter.ISO_OFFSET_DATE_TIME) + " " + seconds(date);
            case 'u': // typed content in XML
                return json.writeValueAsString(xml.readValue(text, Technical.class));
            case 's': // a source that is quoted, of XML
                return quoted(xml.readValue(body, HashMap.class));
            default:
                throw new IllegalArgumentException("unknown wish " + wanted);
        }
    }

    private String quoted(HashMap<?, ?> source) throws IOException {
        if (source == null) {
            throw new IOException("nothing to quote");
        }
        return json.writeValueAsString(source);
    }

    private String written(JsonNode tree) throws IOException {
        return tree == null || tree.isMissingNode() ? null : json.writeValueAsString(tree);
    }

    private void validate(String text) throws SAXException, IOException {
        Validator validator = anything.newValidator();
        validator.setErrorHandler(new Fatal());
        validator.validate(new StreamSource(new StringReader(text)));
    }

    /** Only what is not well-formed counts. */
    private static final class Fatal implements ErrorHandler {
        @Override
        public void warning(SAXParseException problem) {
        }

        @Override
        public void error(SAXParseException problem) {
        }

        @Override
        public void fatalError(SAXParseException problem) throws SAXParseException {
            throw problem;
        }
    }
}
