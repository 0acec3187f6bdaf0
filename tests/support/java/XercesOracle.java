import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.MissingResourceException;
import javax.xml.XMLConstants;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.Schema;
import javax.xml.validation.SchemaFactory;
import javax.xml.validation.Validator;
import org.xml.sax.ErrorHandler;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;

/** What the JDK's own validator says of documents: asked and answered on the standard streams. */
public class XercesOracle {
    private static final Map<String, Schema> SCHEMAS = new HashMap<>();

    public static void main(String[] arguments) throws IOException {
        Locale.setDefault(Locale.ENGLISH);
        DataInputStream in = new DataInputStream(new BufferedInputStream(System.in));
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(System.out));
        while (true) {
            int length = in.available() == 0 ? firstInt(in) : in.readInt();
            if (length < 0) {
                return;
            }
            String schema = text(in, length);
            String document = text(in, in.readInt());
            List<String> told = validate(schema, document);
            out.writeInt(told.size());
            for (String one : told) {
                byte[] bytes = one.getBytes("UTF-8");
                out.writeInt(bytes.length);
                out.write(bytes);
            }
            out.flush();
        }
    }

    private static int firstInt(DataInputStream in) throws IOException {
        try {
            return in.readInt();
        } catch (java.io.EOFException end) {
            return -1;
        }
    }

    private static String text(DataInputStream in, int length) throws IOException {
        byte[] bytes = new byte[length];
        in.readFully(bytes);
        return new String(bytes, "UTF-8");
    }

    private static List<String> validate(String path, String document) throws IOException {
        List<String> told = new ArrayList<>();
        try {
            if (!SCHEMAS.containsKey(path)) {
                SchemaFactory factory = SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI);
                SCHEMAS.put(path, factory.newSchema(new File(path)));
            }
            Validator validator = SCHEMAS.get(path).newValidator();
            validator.setErrorHandler(new Told(told));
            validator.validate(new StreamSource(new StringReader(document)));
        } catch (SAXException broken) {
            told.add("FATAL " + broken.getMessage());
        } catch (MissingResourceException broken) {
            // A fault of JDK 17: it has no text for one of its own problems.
            told.add("FATAL no text for " + broken.getKey());
        }
        return told;
    }

    private static class Told implements ErrorHandler {
        private final List<String> told;

        Told(List<String> told) {
            this.told = told;
        }

        public void warning(SAXParseException problem) {
            told.add(problem.getMessage());
        }

        public void error(SAXParseException problem) {
            told.add(problem.getMessage());
        }

        public void fatalError(SAXParseException problem) {
            // What is thrown after it says the same.
        }
    }
}
